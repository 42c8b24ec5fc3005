"""What the generators of all types of files share."""


def mutated(random, data, pieces, longest):
    """The bytes with a few of the pieces put in, and a few bytes taken out or doubled."""
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.randrange(1, longest))
        kind = random.randrange(3)
        if kind == 0:
            data = data[:at] + random.choice(pieces) + data[at:]
        elif kind == 1:
            data = data[:at] + data[end:]
        else:
            data = data[:end] + data[at:end] + data[end:]
    return data
