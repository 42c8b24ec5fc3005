"""The list of packages in each image: SPDX 2.3 to the letter, and true."""

import functools
import json
import re

import pytest

import engine
from engine import IMAGES, REPOSITORY, docker
from images import files, read

PLACE = "usr/share/doc/bulkhead/sbom.spdx.json"
MADE = {PLACE, "etc/passwd", "etc/group"}  # by docker/roots itself
LICENCE = re.compile(r"usr/share/doc/([^/]+)/copyright")
# Where Bulkhead's own files are.
OWN = ("usr/libexec/bulkhead/", "usr/share/bulkhead/", "usr/sbin/bulkhead")


@pytest.fixture(params=IMAGES)
def name(request):
    return request.param


@pytest.fixture
def image(name):
    return f"bulkhead/{name}:{engine.images()}"


@functools.cache
def document(image):
    return json.loads(read(image, PLACE))


# --- to the letter: https://spdx.github.io/spdx-spec/v2.3/, by clause -----------------------------

def test_document(image, name):
    """Clause 6: what a document must say of itself."""
    said = document(image)
    assert said["spdxVersion"] == "SPDX-2.3"  # 6.1
    assert said["dataLicense"] == "CC0-1.0"  # 6.2
    assert said["SPDXID"] == "SPDXRef-DOCUMENT"  # 6.3
    assert said["name"] == f"bulkhead/{name}"  # 6.4
    assert re.fullmatch(r"[a-z]+://[^\s#]+", said["documentNamespace"])  # 6.5: a URI without #
    created = said["creationInfo"]["created"]  # 6.9
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created)
    assert said["creationInfo"]["creators"]  # 6.8
    for creator in said["creationInfo"]["creators"]:
        assert re.match(r"(Tool|Organization|Person): \S", creator)


def test_packages(image):
    """Clause 7: each with what it must have, and what it may have in its form."""
    seen = ["SPDXRef-DOCUMENT"]
    for package in document(image)["packages"]:
        assert package["name"]  # 7.1
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", package["SPDXID"])  # 7.2
        assert package["versionInfo"]  # 7.3
        assert re.match(r"NOASSERTION$|(Organization|Person): \S", package["supplier"])  # 7.5
        assert package["downloadLocation"] in ("NONE", "NOASSERTION")  # 7.7
        assert package["filesAnalyzed"] is False  # 7.8: then no verification code, 7.9
        assert package.keys() <= {"name", "SPDXID", "versionInfo", "supplier", "downloadLocation",
                                  "filesAnalyzed", "externalRefs"}
        seen.append(package["SPDXID"])
        check_references(package)
    assert len(set(seen)) == len(seen), "an identifier is there twice"


def check_references(package):
    """7.21, and the form of a package URL: Debian's, with its version."""
    for reference in package.get("externalRefs", []):
        assert reference["referenceCategory"] == "PACKAGE-MANAGER"
        assert reference["referenceType"] == "purl"
        assert reference.keys() == {"referenceCategory", "referenceType", "referenceLocator"}
        found = re.fullmatch(r"pkg:deb/debian/([a-z0-9.%A-F-]+)@([A-Za-z0-9.%~-]+)"
                             r"\?arch=(amd64|arm64|all)&distro=debian-\d+",
                             reference["referenceLocator"])
        assert found, reference
        assert unescape(found[1]) == package["name"]
        assert unescape(found[2]) == package["versionInfo"]


def unescape(text):
    return re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)


def test_relationships(image):
    """Clause 11: the document describes the image, which contains all the rest, once."""
    said = document(image)
    pairs = [(each["spdxElementId"], each["relationshipType"], each["relatedSpdxElement"])
             for each in said["relationships"]]
    packages = {package["SPDXID"] for package in said["packages"]}
    assert pairs[0] == ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image")
    assert set(pairs[1:]) == {("SPDXRef-image", "CONTAINS", each)
                              for each in packages - {"SPDXRef-image"}}
    assert len(pairs) == len(packages)


# --- true -----------------------------------------------------------------------------------------

@functools.cache
def debian():
    """
    What dpkg knows of every file in the stage that the images are taken from, by what is in it:
    MD5 to set of (package, path). The list of packages was made by path, so this is another way.
    """
    tag = f"bulkhead-tests/roots:{engine.images()}"
    docker("build", "-q", "--target", "roots", "-t", tag, "-f", REPOSITORY / "docker/Dockerfile",
           REPOSITORY, timeout=engine.BUILD_SECONDS)
    try:
        said = docker("run", "--rm", "--network", "none", tag, "sh", "-c", r"""
            cd /var/lib/dpkg/info && for file in *.md5sums; do
                sed "s,^,${file%.md5sums}\t," "$file"
            done
            dpkg-query -W -f '${Package}\t${Conffiles}\n' |
                awk -F '\t' 'NF == 2 { name = $1; $0 = $2 }
                    { split($0, part, " "); print name "\t" part[2] "  " substr(part[1], 2) }'
            """).stdout
    finally:
        docker("rmi", "--no-prune", tag, check=False)
    known = {}
    for line in said.splitlines():
        found = re.fullmatch(r"([^\t:]+)(?::\w+)?\t([0-9a-f]{32})  (\S.*)", line)
        if found:
            known.setdefault(found[2], set()).add((found[1], found[3]))
    assert len(known) > 3000, "or this test looks in the wrong place"
    return known


def owners(path, each):
    """The packages that have a file of this content; by its name too where there are several."""
    found = debian().get(each.md5, set())
    if len({package for package, _ in found}) > 1:
        last = path.rpartition("/")[2]
        found = {row for row in found if row[1].rpartition("/")[2] == last}
    return {package for package, _ in found}


def test_names_all_packages_and_no_other(image):
    """Each file of the image is Bulkhead's own, or of a package of the list; each has a file."""
    found, strange = set(), []
    for path, each in files(image).items():
        if path in MADE or path.startswith(OWN) or LICENCE.fullmatch(path):
            continue
        of = owners(path, each)
        found |= of
        if len(of) != 1:
            strange.append((path, of))
    assert not strange, "of no package, or of several"
    assert found == listed(image)


def listed(image):
    return {package["name"] for package in document(image)["packages"]
            if "externalRefs" in package}


def test_licences_are_there(image):
    """What each package's wants to be with it, and Bulkhead's own."""
    found = {LICENCE.fullmatch(path)[1] for path in files(image) if LICENCE.fullmatch(path)}
    assert found == listed(image) | {"bulkhead"}


def test_own_files_are_no_packages(image):
    """What is left out above is no file of Debian's."""
    for path, each in files(image).items():
        if path.startswith(OWN) and each.size > 0:
            assert not debian().get(each.md5), path


def test_document_is_no_other_ones():
    """6.5: the same name for the same content alone."""
    names = {document(f"bulkhead/{name}:{engine.images()}")["documentNamespace"] for name in IMAGES}
    assert len(names) == len(IMAGES)
