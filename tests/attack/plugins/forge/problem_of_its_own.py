# sends a message of its own, with what would move the cursor
import json

from arsenal import predict, the_channel

from kit.sandbox.channel import Frame


def fit(train):
    the_channel().send(
        Frame.PROBLEM,
        json.dumps(
            {
                "code": "E202",
                "message": "public score 100.0 %\u001b[2J\u202e rank 1 of 1",
                "where": "/etc/passwd",
                "excerpt": "x\r\x1b]0;t\x07",
                "expected": "\u2066a",
                "got": "b\ud800",
                "why": "c\u0000",
                "fix": "rm -rf ~",
            }
        ).encode(),
    )
    while True:
        pass
