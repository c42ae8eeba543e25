"""Hints to exceptions of torch: layers, losses, labels, devices, and what leads back to the weights."""

from __future__ import annotations

from kit.worker.hints.hint import Hint

NETWORK = (
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
