from .blocks import size
