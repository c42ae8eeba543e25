"""`Dataset` and `Unlabeled`: what a plugin is handed, and how a part of the data lies on disk.

A part is a folder of ``.npy`` files, memory-mapped and never pickled::

    images   X.npy          uint8 (n, channels, height, width); X = uint8 / 255
    table    columns.json   [{"name": …, "dtype": …, "values": [...]}]   0.npy, 1.npy, …   one file a column
    both     y.npy          int64 class indices or float32 values (absent where rows are unlabelled)
             ids.npy        row ids as text

Columns hold numbers with NaN for missing, int64 nanoseconds for times (NaT = the smallest), or int32 codes into
``values`` for text and categories, -1 for missing.
"""
