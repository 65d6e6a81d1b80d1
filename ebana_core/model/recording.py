"""From training to storage: one recorder per fit, one record per epoch."""


class Recorder:
    def __init__(self, task, backend, run, *, overwrite):
        pass

    def write(self, record):
        pass

    def close(self, status):
        pass


class Fit:
    def __init__(self):
        self.records = []

    def attach(self, r):
        pass

    def append(self, r):
        self.records.append(r)


def phase_records(*a, **k):
    return {}
