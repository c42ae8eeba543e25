# asks for features of the test rows, of other folders and of files that are no weights, past the task
import json

from arsenal import attempt, predict, the_channel


def fit(task, train):
    from kit.sandbox.channel import Frame

    ch = the_channel()

    def asked(**request):
        ch.send(Frame.FEATURES, json.dumps(request).encode())
        kind, payload = ch.receive()
        return payload if kind is Frame.ROWS else None

    for part in ("test", "../test", "", "train", "valid"):
        for weights in ("resnet18", "/etc/passwd", "../../private/solution"):
            attempt(f"{weights} of {part}", lambda: asked(weights=weights, part=part))
    attempt("a list", lambda: asked(weights=["resnet18"], part={"X": "test"}))
    object.__setattr__(task.allowed, "allowed", ("resnet18",))
    object.__setattr__(task.allowed, "files", {"resnet18": "/etc/passwd"})
    attempt("by the task", lambda: task.features("resnet18", train))
    return 0
