class PausedSweep: pass
