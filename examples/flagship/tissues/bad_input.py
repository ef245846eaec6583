"""Input that no attempt can make anything of."""


class BadInput(Exception):
    """Says in one sentence what is wrong with the input; the analysis ends with exit code 65."""
