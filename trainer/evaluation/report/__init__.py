"""An evaluation as a page and pictures that can be passed on."""

from trainer.evaluation.report.writing import write_report

__all__ = ["write_report"]
