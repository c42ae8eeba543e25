def size():
    from ..late import WIDTH

    return WIDTH
