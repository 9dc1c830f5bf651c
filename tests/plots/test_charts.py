"""Charts show every number they are given."""

from helpers import plots


def texts(ax) -> list[str]:
    inside = ax.transData  # the axes' own numbers stand beside
    return [t.get_text() for t in ax.texts if t.get_transform() == inside]


def test_confusion_writes_the_counts():
    assert texts(plots.confusion([[5, 1], [0, 7]], ["cat", "dog"])) == list("5107")


def test_confusion_writes_fractions_too():
    fractions = plots.confusion([[0.75, 0.25], [0, 1]], ["cat", "dog"])
    assert texts(fractions) == ["0.75", "0.25", "0.00", "1.00"]
    as_floats = plots.confusion([[5000.0, 1], [0, 7]], ["cat", "dog"])
    assert texts(as_floats) == ["5000", "1", "0", "7"]
    of_all = plots.confusion([[0.375, 0.125], [0, 0.5]], ["cat", "dog"])
    assert of_all.collections[0].get_array().ravel().tolist() == [0.75, 0.25, 0, 1]


def test_scatter_takes_labels_that_are_floats():
    ax = plots.scatter([(0, 1), (2, 3)], [1.0, 12.0])
    assert len(ax.collections) == 2


def test_points_has_a_row_a_group_and_marks_the_mean():
    ax = plots.points({"first": [1, 2, 9], "second": [4]})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    dots, mean = ax.lines[:2]
    assert list(dots.get_xdata()) == [1, 2, 9] and list(mean.get_xdata()) == [4]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row is on top"


def test_frontier_draws_time_logarithmically_and_names_everything():
    ax = plots.frontier({"slow": ([1, 9], [0.1, 0.2])}, {"quick": ([4], [0.3])})
    assert ax.get_xscale() == "log"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["slow", "quick"]


def test_trials_show_places_and_values_over_the_first_knob():
    places = [(0.001, 0.5), (0.1, 0.25)]
    above, below = plots.trials(places, [0.2, 0.4], None, "t", ("a", "b", "c"))
    drawn = above.collections[0]
    assert drawn.get_offsets().tolist() == [[0.001, 0.5], [0.1, 0.25]]
    assert list(drawn.get_array()) == [0.2, 0.4]
    assert list(below.lines[0].get_ydata()) == [0.2, 0.4]
    assert above.get_xscale() == below.get_xscale() == "log"
    assert [below.get_xlabel(), above.get_ylabel(), below.get_ylabel()] == list("abc")


def test_scatter_names_each_island():
    ax = plots.scatter([(0, 0), (2, 4), (9, 9)], [0, 0, 1], names=["cat", "dog"])
    places = {t.get_text(): t.get_position() for t in ax.texts}
    assert places == {"0 cat": (1, 2), "1 dog": (9, 9)}


def test_bars_write_parts_of_percents_too():
    labels = [t.get_text() for t in plots.bars([0.2, 96.2], ["a", "b"]).texts]
    assert labels == ["0.2", "96.2"]
