"""The classes of attacks, in the order of the table: a module for those that are detected alike."""

import importlib
import pathlib

MODULES = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("[a-z]*.py"))


def all_classes():
    return [each for name in MODULES for each in importlib.import_module(f"classes.{name}").CLASSES]
