# a DataLoader loses the rows of its last batch | digits | submit | E203 | 12 | loses the rows of the last, smaller batch
import torch
from torch.utils.data import DataLoader


def fit(train):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))


def predict(model, X):
    loader = DataLoader(torch.tensor(X), batch_size=50, drop_last=True)
    with torch.no_grad():
        return torch.cat([model(part) for part in loader]).argmax(1)
