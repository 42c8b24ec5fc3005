"""
Makes a failing expression small: delta debugging (Zeller, "Simplifying and Isolating
Failure-Inducing Input"), and then plainer characters for those that are left.
"""

ATTEMPTS = 3000  # candidates that are tried: an end even for a long expression
AT_ONCE = 40


def shorter(text, pieces):
    """Everything that is the text without one of so many pieces."""
    size = max(1, len(text) // pieces)
    return [text[:at] + text[at + size:] for at in range(0, len(text), size)]


def plainer(text):
    """Everything that is the text with one character plainer."""
    return [text[:at] + plain + text[at + 1:] for at in range(len(text))
            for plain in "01a" if ord(text[at]) > ord(plain) and text[at] not in "01a'\"()[]{}"]


class Search:
    """`failing` takes a list of texts and returns those that fail, in their order."""

    def __init__(self, failing):
        self.failing = failing
        self.left = ATTEMPTS

    def first_failing(self, candidates):
        for at in range(0, len(candidates), AT_ONCE):
            some = candidates[at:at + min(AT_ONCE, max(0, self.left))]
            self.left -= len(some)
            failed = self.failing(some) if some else []
            if failed:
                return failed[0]
        return None


def minimise(text, failing):
    """The smallest text found that fails still."""
    search = Search(failing)
    pieces = 2
    while pieces <= 2 * len(text):
        smaller = search.first_failing(shorter(text, pieces))
        if smaller is None:
            pieces *= 2
        else:
            text, pieces = smaller, max(2, pieces - 1)
    while (smaller := search.first_failing(plainer(text))) is not None:
        text = smaller
    return text
