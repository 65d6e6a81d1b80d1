def read_state(path):
    raise NotImplementedError


def write_state(path, **k):
    raise NotImplementedError
