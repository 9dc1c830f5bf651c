"""A folder says which training it holds, and refuses another."""

import pytest

from helpers.training import claim

FIRST = {"seed": 0, "learning_rate": 0.02}


def test_only_the_training_that_began_there_goes_on(tmp_path):
    path = tmp_path / "job.json"
    claim.keep(path, FIRST, begun=False)
    claim.keep(path, FIRST, begun=True)
    kept = path.read_bytes()
    says = "begun with another learning rate .0.02, now 0.5.: give back .*another fold"
    with pytest.raises(ValueError, match=says) as refused:
        claim.keep(path, FIRST | {"learning_rate": 0.5}, begun=True)
    assert str(tmp_path) in str(refused.value)
    assert path.read_bytes() == kept and list(tmp_path.iterdir()) == [path]


def test_what_never_began_gives_way(tmp_path):
    path, other = tmp_path / "job.json", FIRST | {"seed": 3}
    claim.keep(path, FIRST, begun=False)
    claim.keep(path, other, begun=False)
    claim.keep(path, other, begun=True)
    with pytest.raises(ValueError, match="another seed"):
        claim.keep(path, FIRST, begun=True)


def test_a_training_of_before_is_taken_for_the_one_that_is_named(tmp_path):
    path = tmp_path / "job.json"
    claim.keep(path, FIRST, begun=True)
    with pytest.raises(ValueError, match="another seed"):
        claim.keep(path, FIRST | {"seed": 3}, begun=True)


@pytest.mark.parametrize("damaged", [b"", b"{", b"[1]", b"null", b"3", b"\xff{}"])
def test_a_damaged_file_is_named_and_what_to_do(damaged, tmp_path):
    path = tmp_path / "job.json"
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="job.json is damaged: .* or delete this file"):
        claim.keep(path, FIRST, begun=True)
    assert path.read_bytes() == damaged
    path.unlink()
    claim.keep(path, FIRST, begun=True)
