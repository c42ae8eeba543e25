# downloads in good faith, as a beginner does who wants pretrained weights
import urllib.request

from arsenal import FACTS, predict


def fit(train):
    return urllib.request.urlopen(f"http://127.0.0.1:{FACTS['tcp']}/resnet18.pth", timeout=3).read()
