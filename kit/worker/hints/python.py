"""Hints to exceptions of Python, NumPy and the kit: what ``fit`` and ``predict`` share, files, shapes."""

from __future__ import annotations

from kit.worker.hints.hint import Hint

PYTHON = (
    Hint(
        r"log\(\) takes 1 positional argument",
        "run.log takes numbers with names.",
        "run.log(epoch=epoch, loss=loss)",
    ),
    Hint(r"'(Dataset|Unlabeled)' object has no attribute 'x'", "The rows are called X.", "train.X   or   train.flat"),
    Hint(r"'Dataset' object has no attribute '(labels|target|targets)'", "The labels are called y.", "train.y"),
    Hint(
        r"'Dataset' object has no attribute '(columns|iloc|loc|drop|head|values|dropna|fillna|select_dtypes)'",
        "train holds the table and the labels; the table itself is a part of it.",
        "train.frame",
    ),
    Hint(
        r"No such file or directory: '.*sklearn.datasets.data",
        "The data that scikit-learn ships are not there during a run: data come through train.",
        "def fit(train, valid):   and   X, y = train",
    ),
    Hint(
        r"No such file or directory: '.*\.(csv|tsv|npy|npz|parquet|xlsx|gz|json|png|jpg)'",
        "A run has no files of data: the rows come as arguments.",
        "def fit(train, valid):   and   train.X, train.y",
    ),
    Hint(
        r"No such file or directory: '.*\.(pt|pth|pkl|joblib|ckpt)'",
        "A run has an empty folder of its own; what another run saved is not in it.",
        "return the network from fit; it comes back as   model",
    ),
    Hint(r"EOF when reading a line", "Nobody sits at the keyboard of a run.", "give fit a parameter with a default"),
    Hint(r"BdbQuit", "Nobody sits at the keyboard of a run, so a debugger has nobody to ask.", "print(…)   there"),
    Hint(
        r"NameError: name '(model|net|network|clf|scaler|encoder|pipeline|pipe|device|mean|std)' is not defined",
        "What fit made is not known in predict: they have only in common what fit returns.",
        "return it from fit:   return net, scaler   and in predict   net, scaler = model",
        phase="predict",
    ),
    Hint(
        r"cannot unpack non-iterable (?P<kind>\w+) object",
        "fit returned one thing, a {kind}, and more are taken apart here.",
        "return net, scaler   as the last line of fit",
        line=r"=\s*model\b",
    ),
    Hint(
        r"'tuple' object (is not callable|has no attribute)",
        "fit returned several things, and they come back together.",
        "net, scaler = model",
        phase="predict",
    ),
    Hint(
        r"'NoneType' object",
        "Something is None. Probably a function above has no return, or a method was used that changes in place.",
        "return …   at its end",
    ),
    Hint(
        r"cannot reshape array of size|shape '.*' is invalid for input of size",
        "So many numbers don't fit into that shape. Probably the size of another competition's images stands there.",
        "X.reshape(len(X), -1)",
    ),
    Hint(
        r"matmul: .*size (?P<wanted>\d+) is different from (?P<got>\d+)",
        "The rows have {got} numbers, the weights are for {wanted}.",
        "W = np.zeros((X.shape[1], len(task.classes)))",
    ),
    Hint(
        r"could not be broadcast together with shapes (?P<shapes>\(.*\))",
        "These shapes don't fit together: {shapes}.",
        "print(a.shape, b.shape)   before the line; a column is   y.reshape(-1, 1)",
    ),
    Hint(
        r"size of tensor a \((?P<a>\d+)\) must match the size of tensor b \((?P<b>\d+)\)",
        "Two tensors of {a} and {b} numbers don't fit together. Probably one is a batch, the other not.",
        "print(a.shape, b.shape)   before the line",
    ),
    Hint(
        r"inhomogeneous shape|input array dimensions except for the concatenation axis|same number of dimensions",
        "Rows of different lengths can't be one array.",
        "print the shapes of what is put together",
    ),
    Hint(
        r"A task has failed to un-serialize",
        "The processes that joblib starts don't know the plugin's own functions.",
        'Parallel(n_jobs=2, prefer="threads")',
    ),
)
