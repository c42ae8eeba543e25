"""What the words of an exception mean, for those that beginners meet: the cause where there is one, else a guess.

Data only. A text of a library is looked for by the part that says what is wrong, as it is in the versions that the
kit runs with; a test provokes each with the library that is installed.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Hint(NamedTuple):
    """Words of an exception, and what they mean.

    Parameters
    ----------
    pattern
        Searched in ``Type: text``. Its named groups can stand in `why` and `fix`.
    why
        The cause. Begins with "Probably" where there may be another.
    fix
        What to write.
    line
        Searched in the entrant's innermost line, where the words alone don't tell enough.
    phase
        Which call has to go on, where that matters.
    """

    pattern: str
    why: str
    fix: str
    line: str = ""
    phase: Literal["", "import", "fit", "predict"] = ""


_NETWORK = (
    Hint(
        r"shapes cannot be multiplied \(\d+x(?P<got>\d+) and (?P<wanted>\d+)x\d+\)",
        "A Linear layer takes {wanted} numbers a row and was given {got}.",
        "nn.Linear({got}, …)   or, where the rows are images still, nn.Flatten() before it",
    ),
    Hint(
        r"to have (?P<wanted>\d+) channels, but got 1 channels",
        "The images are grey, they have one channel; the first layer was made for {wanted}.",
        "nn.Conv2d(task.input_shape[0], …)",
    ),
    Hint(
        r"expected input\[1, (?P<n>\d+), .*to have 1 channels, but got (?P=n) channels",
        "Probably the channel is missing: a network takes (n, channels, height, width), and X has that shape.",
        "leave the channel of X in place, or add one:   X.unsqueeze(1)",
    ),
    Hint(
        r"to have (?P<wanted>\d+) channels, but got (?P<got>\d+) channels",
        "The layer takes {wanted} channels and was given {got}. Probably two layers don't fit together, "
        "or the channels are not in the second place.",
        "nn.Conv2d({got}, …)",
    ),
    Hint(
        r"to conv2d, but got input of size: \[\d+, \d+\]",
        "The rows are flat; a convolution needs images.",
        "train.X   in place of train.flat   and no Flatten before the convolution",
    ),
    Hint(
        r"expected 4D input \(got 2D",
        "BatchNorm2d is for images; these rows are flat.",
        "nn.BatchNorm1d(…)",
    ),
    Hint(
        r"Output size is too small|Kernel size can't be greater than actual input",
        "The images are too small for so many poolings or so large a kernel: there is nothing left.",
        "leave out a MaxPool2d, or add   padding=1",
    ),
    Hint(
        r"Target (?P<label>\d+) is out of bounds",
        "The last layer has too few outputs: there is a class {label}, and classes are counted from 0.",
        "nn.Linear(…, len(task.classes))",
    ),
    Hint(
        r"expected scalar type Long|target dtype to be Long",
        "cross_entropy takes the number of the class, a whole number; y was made something else.",
        "y.long()   or   y as it comes from train.tensors()",
    ),
    Hint(
        r"0D or 1D target tensor expected|multi-target not supported",
        "y is a column of shape (n, 1); cross_entropy takes (n,).",
        "y.flatten()",
    ),
    Hint(
        r"only batches of spatial targets supported",
        "The network answers with an image for each image: it is not flat where its last layer begins.",
        "nn.Flatten()   before the last nn.Linear",
    ),
    Hint(
        r"Expected input batch_size \((?P<got>\d+)\) to match target batch_size \((?P<wanted>\d+)\)",
        "The network gave {got} rows for {wanted} labels. Probably a view or reshape mixes rows, "
        "or X and y are not of the same batch.",
        "X.flatten(1)   keeps the rows",
    ),
    Hint(
        r"all elements of (input|target) should be between 0 and 1",
        "binary_cross_entropy takes probabilities, and these are logits: nothing keeps them between 0 and 1.",
        "F.binary_cross_entropy_with_logits(…)",
    ),
    Hint(
        r"[Tt]arget size \(.*\) (must be the same as|that is different to the) input size",
        "The network's answers have shape (n, 1), the labels (n,).",
        "net(X).squeeze(1)",
    ),
    Hint(
        r"can't be cast to the desired output type Long|Found dtype Long but expected Float",
        "This loss takes labels that are floats; train.y holds whole numbers.",
        "y.float()",
    ),
    Hint(
        r"[Tt]wo different devices|on the expected device|on the same device|should be the same device",
        "The network and the rows are on different devices.",
        "net.to(run.device)   and   X.to(run.device)",
    ),
    Hint(
        r"Found no NVIDIA driver|not compiled with CUDA|No CUDA GPUs|[Nn]o CUDA-capable device",
        "There is no GPU in this run.",
        'run.device   in place of   "cuda"',
    ),
    Hint(
        r"got Double|got input\.dtype=double|but found Double|Input type \(double\)|DoubleTensor",
        "X is float64, the network's weights are float32.",
        "X = X.float()",
    ),
    Hint(
        r"but got (Long|Byte|Int)( and Float|$)|Input type \((unsigned char|long|int)\)|could not infer output dtype",
        "The rows are whole numbers, the network's weights are float32.",
        "X = X.float()",
    ),
    Hint(
        r"argument 'target'.*must be Tensor, not numpy",
        "The labels are a NumPy array, a loss of torch needs a tensor.",
        "X, y = train.tensors()",
    ),
    Hint(
        r"got \(numpy\.ndarray|must be Tensor, not numpy",
        "X is a NumPy array, a torch network needs a tensor.",
        "X = torch.as_tensor(X)",
    ),
    Hint(
        r"'numpy\.ndarray' object has no attribute '(to|cpu|float|long|unsqueeze|squeeze|permute|softmax|dim)'",
        "This is a NumPy array, and that is a method of tensors.",
        "torch.as_tensor(X)",
    ),
    Hint(
        r"'Tensor' object has no attribute '(astype|copy)'",
        "This is a tensor, and that is a method of NumPy arrays.",
        "X.float(), X.clone()   or, to leave torch,   X.numpy()",
    ),
    Hint(
        r"type 'DataFrame'|got DataFrame|not DataFrame",
        "This is a DataFrame of pandas, torch takes arrays of numbers.",
        'X, y = train.tensors()   in fit, and   torch.tensor(X.to_numpy("float32"))   in predict',
    ),
    Hint(
        r"can't convert np\.ndarray of type numpy\.(object|str)_",
        "A tensor holds numbers only, and there is text among these.",
        "encode text columns first, for example with OrdinalEncoder",
    ),
    Hint(
        r"Can't call numpy\(\) on Tensor that requires grad",
        "A loss carries its whole computation with it; only its value is wanted here.",
        "loss.item()",
        line="loss",
    ),
    Hint(
        r"Can't call numpy\(\) on Tensor that requires grad",
        "torch keeps track of this computation, as if it were for training.",
        "with torch.no_grad():   around it, or   .detach().numpy()",
    ),
    Hint(
        r"'float' object has no attribute 'backward'",
        "item() makes a plain number of the loss; what leads back to the weights is lost.",
        "loss.backward()   first, loss.item() only to show it",
    ),
    Hint(
        r"does not require grad and does not have a grad_fn",
        "arg-max gives whole numbers, and no slope leads back from them to the weights.",
        "F.cross_entropy(net(X), y)   takes what the network gives",
        line="argmax",
    ),
    Hint(
        r"does not require grad and does not have a grad_fn",
        "Nothing leads from this loss back to the weights. Probably it was computed inside torch.no_grad(), "
        "or from an arg-max or a .detach().",
        "compute   loss = F.cross_entropy(net(X), y)   outside of torch.no_grad()",
    ),
    Hint(
        r"grad can be implicitly created only for scalar outputs",
        "backward() starts from one number, and this is a tensor of many.",
        "loss = F.cross_entropy(net(X), y)   or   loss.mean().backward()",
    ),
    Hint(
        r"backward through the graph a second time",
        "Probably something of the last batch is used again: a loss that is summed up, or a forward pass "
        "outside of the loop.",
        "total += loss.item()   and the forward pass anew for each batch",
    ),
    Hint(
        r"leaf Variable that requires grad is being used in an in-place operation",
        "The weights are changed while torch watches.",
        "with torch.no_grad():   around the update",
    ),
    Hint(
        r"modified by an inplace operation",
        "A number was overwritten that backward() still needs.",
        "a = a + 1   in place of   a += 1",
    ),
    Hint(
        r"cannot assign module before Module\.__init__",
        "The class of the network does not call its parent.",
        "super().__init__()   as the first line of __init__",
    ),
    Hint(
        r"missing the required \"forward\" function",
        "The class of the network has no method forward. Probably it has another name, or is indented too far.",
        "def forward(self, x):",
    ),
    Hint(
        r"optimizer got an empty parameter list",
        "The network has no weights that torch knows. Probably its layers are in a plain list.",
        "nn.ModuleList([…])   or   nn.Sequential(…)",
    ),
    Hint(
        r"'\w+' object is not iterable",
        "An optimizer takes the network's parameters.",
        "net.parameters()   with the brackets",
        line=r"optim",
    ),
    Hint(
        r"Expected more than 1 value per channel when training",
        "Batch-norm in training mode can't take a batch of one row.",
        "net.eval()   before predicting; in training a last batch of one row has to be left out or made larger",
    ),
    Hint(
        r"ambiguous",
        "Probably the loss was called like a function; nn.CrossEntropyLoss has to be made first.",
        "nn.CrossEntropyLoss()(net(X), y)   or   F.cross_entropy(net(X), y)",
        line="Loss",
    ),
    Hint(
        r"loading state_dict",
        "The weights are those of another network: layers or sizes differ.",
        "build the same network first, then load the weights into it",
    ),
    Hint(
        r"Dimension out of range \(expected to be in range of \[-1, 0\]|out of bounds for array of dimension 1",
        "There is one number a row only, so there are no columns to choose from. Probably this was an arg-max before.",
        "leave it out, or take it of   net(X)   with shape (n, classes)",
    ),
    Hint(
        r"one_hot is only applicable|used as indices must be long",
        "Whole numbers are needed here, and these are floats.",
        "y.long()",
    ),
    Hint(
        r"index out of range in self",
        "An Embedding was asked for a number that it has no row for.",
        "nn.Embedding(largest number + 1, …)",
    ),
)

_TABLE = (
    Hint(
        r"Input X contains NaN",
        "The table has missing values.",
        "put   SimpleImputer()   before the model, or take HistGradientBoostingClassifier",
    ),
    Hint(
        r"(Input X contains|array contains) infinity",
        "A number is infinite. Probably something was divided by 0, or the logarithm of 0 taken.",
        "np.log1p(X)   or   / (X.std(0) + 1e-6)",
    ),
    Hint(
        r"Input y contains NaN",
        "Labels are missing that the kit had given. Probably y was joined or computed anew.",
        "train.y   as it is",
    ),
    Hint(
        r"Cannot use (mean|median) strategy with non-numeric",
        "A column holds text, and text has no mean.",
        'SimpleImputer(strategy="most_frequent")   for the columns with text',
    ),
    Hint(
        r"could not convert string to float: (?P<text>'.{0,40}')",
        "A column holds text ({text}), and this model takes numbers only.",
        'OneHotEncoder(handle_unknown="ignore")   for the columns with text, in a ColumnTransformer',
    ),
    Hint(
        r"Found unknown categories (?P<values>\[.{0,60}\])",
        "There is a value that was not among the rows learned from: {values}.",
        'OneHotEncoder(handle_unknown="ignore")',
    ),
    Hint(
        r"y contains previously unseen labels",
        "LabelEncoder is for labels, and knows only those that it has learned.",
        'OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)   for columns',
    ),
    Hint(
        r"Expected 2D array, got 1D array|Expected a 2-dimensional container",
        "An estimator takes rows and columns, and this is a single column or a single row.",
        'X[["column"]]   with two brackets, or   .reshape(-1, 1)',
    ),
    Hint(
        r"Found array with dim",
        "An estimator takes one row of numbers for each image.",
        "train.flat   in fit, and   X.reshape(len(X), -1)   in predict",
    ),
    Hint(
        r"X has (?P<got>\d+) features, but \w+ is expecting (?P<wanted>\d+)",
        "fit learned from {wanted} columns, predict gives {got}. Probably X is prepared in two different ways.",
        "one function that prepares X, called by both; or a Pipeline",
    ),
    Hint(
        r"feature names should match[^$]*same order",
        "The columns are those of fit in another order.",
        "X[model.feature_names_in_]",
    ),
    Hint(
        r"feature names should match",
        "The columns are not those that fit learned from.",
        'encode with what was fitted: OneHotEncoder(handle_unknown="ignore") in a Pipeline;\n'
        "get_dummies makes other columns of other rows:   X.reindex(columns=model.feature_names_in_, fill_value=0)",
    ),
    Hint(
        r"columns are missing: (?P<names>\{.{0,60}\})",
        "predict gives a table without {names}, which fit learned from.",
        "X   as it comes",
    ),
    Hint(
        r"columns using strings is only supported for",
        "Columns are chosen by name, and an array has no names.",
        "train.frame   in place of train.flat",
    ),
    Hint(
        r"not columns of the dataframe: (?P<names>\{.{0,60}\})",
        "The table has no column {names}.",
        "train.frame.columns   lists them",
    ),
    Hint(
        r"not fitted yet",
        "Probably predict uses a new one in place of what fit has learned.",
        "return it from fit; it comes back as   model",
        phase="predict",
    ),
    Hint(
        r"not fitted yet",
        "Its fit() was not called before.",
        "fit_transform(…)   in place of transform(…), on the rows of train",
    ),
    Hint(
        r"inconsistent numbers of samples: \[(?P<first>\d+), (?P<second>\d+)\]",
        "There are {first} rows on one side and {second} on the other. Probably rows were dropped from X only, "
        "or valid was mixed with train.",
        "drop rows of X and y together",
    ),
    Hint(
        r"only one class|needs samples of at least 2 classes",
        "All labels are the same. Probably a part was cut off rows that are sorted by class.",
        "train.y   as it is",
    ),
    Hint(
        r"Unknown label type",
        "A classifier takes classes, and these labels are numbers with a fraction.",
        "a regressor, or   train.y   as it is",
    ),
    Hint(
        r"y should be a 1d array",
        "The labels are one-hot; scikit-learn takes the number of the class.",
        "train.y   or   y.argmax(1)",
    ),
    Hint(
        r"n_neighbors <= n_samples",
        "There are fewer rows to learn from than neighbours to ask.",
        "a smaller n_neighbors",
    ),
    Hint(
        r"has no attribute 'predict_proba'",
        "This model gives classes, it does not say how sure it is.",
        "model.predict(X)   or another model, for example LogisticRegression",
    ),
    Hint(
        r"mix of (binary|multiclass) and continuous",
        "One side holds probabilities, the other classes.",
        "y_pred.argmax(1)",
    ),
    Hint(
        r"(KeyError|InvalidIndexError): .*\(slice",
        "A DataFrame is not indexed by row and column in plain brackets.",
        "X.iloc[:, 0]   or   X.to_numpy()[:, 0]",
    ),
    Hint(
        r"KeyError: (?P<name>\d+)",
        "A DataFrame is asked by the names of its columns; {name} is none.",
        "X.iloc[{name}]   for a row,   X.iloc[:, {name}]   for a column",
    ),
    Hint(
        r"'DataFrame' object has no attribute '(?P<name>reshape|flatten|argmax|view)'",
        "This is a DataFrame of pandas, and that is a method of arrays.",
        "X.to_numpy().{name}(…)",
    ),
    Hint(
        r"on a Categorical with a new category \((?P<value>.{0,40})\),",
        "A column holds categories, and {value} is none of them.",
        'df["column"] = df["column"].fillna(…)   for the columns of numbers only,\n'
        'or   df["column"].cat.add_categories([{value}])   first, or   .astype(object)',
    ),
    Hint(
        r"Cannot convert non-finite values",
        "A column with missing values can't become whole numbers.",
        "leave it float, or   .fillna(…)   first",
    ),
    Hint(
        r"truth value of a (Series|DataFrame)",
        "A whole column is neither true nor false.",
        'df[df["a"] > 0]   to choose rows;   &   and   |   in place of   and   and   or',
    ),
    Hint(
        r"Cannot perform reduction '(?P<name>\w+)' with (string|object) dtype",
        "A column holds text, which has no {name}.",
        "df.{name}(numeric_only=True)",
    ),
)

_PYTHON = (
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

HINTS = (*_NETWORK, *_TABLE, *_PYTHON)
"""The first that fits is taken: a narrow one stands before a wide one."""
