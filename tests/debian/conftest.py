"""The packages, built once, and machines to install them on."""

import os
import pathlib

import pytest

from machine import Machine, make_builder, make_image, need_engine, remove_image
from packages import BUILDER, HOST, SUITE, build, unpack_release


@pytest.fixture(scope="session")
def release(tmp_path_factory):
    """The folder with the tarball unpacked; beside it will be the packages."""
    return unpack_release(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="session")
def changes(request):
    """
    Source and binary packages: the file that names them all. BULKHEAD_PACKAGES is a folder where
    they are already.
    """
    make_builder()
    if "BULKHEAD_PACKAGES" in os.environ:
        yield next(pathlib.Path(os.environ["BULKHEAD_PACKAGES"]).glob("*.changes"))
    else:
        yield build(request.getfixturevalue("release"))
    if SUITE != HOST:
        remove_image(BUILDER)


@pytest.fixture(scope="session")
def packages(changes):
    """The folder where they are."""
    return changes.parent


@pytest.fixture(scope="session")
def image(packages):
    need_engine()
    name = make_image(packages)
    yield name
    remove_image(name)


@pytest.fixture
def machine(image):
    """A Debian with systemd, on which nothing of Bulkhead's has ever been."""
    with Machine(image) as started:
        yield started
