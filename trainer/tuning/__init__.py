"""Bayesian search for settings: a study is a list of ordinary runs, each with values that those
before it made likely to be good.

Data flows from what was asked (`study.toml`) by `space.py`, `sampler.py` and `worker.py` into
`trials.jsonl`, which screens and scripts read by `trial_log.py`. Optuna is imported by the worker
alone.
"""
