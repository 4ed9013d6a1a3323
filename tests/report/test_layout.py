"""Layout: no box on another, every line goes down and past every box, the same each time."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.report.layout import CORRIDOR, Box, Link, layout
from tests.bench.shapes import SHAPES


@st.composite
def graphs(draw):
    """Boxes of any size, and lines from earlier ones to later ones."""
    count = draw(st.integers(1, 14))
    sizes = st.floats(60, 400).map(lambda size: round(size, 1))
    boxes, links = {}, []
    for number in range(count):
        wide = draw(sizes)
        ports = [draw(st.integers(0, 3)) if number else 0, draw(st.integers(1, 3))]
        inlets, outlets = (tuple(round(wide * (i + 0.5) / n, 1) for i in range(n)) for n in ports)
        boxes[f"n{number}"] = Box(wide, draw(sizes), inlets, outlets)
        for inlet in range(len(inlets)):
            for _ in range(draw(st.integers(0, 2))):
                source = f"n{draw(st.integers(0, number - 1))}"
                outlet = draw(st.integers(0, len(boxes[source].outlets) - 1))
                links.append(Link(source, outlet, f"n{number}", inlet, draw(st.booleans())))
    return boxes, links


def frame(name, boxes, found):
    spot = found.spots[name]
    return spot.x, spot.y, spot.x + boxes[name].width, spot.y + boxes[name].height


@settings(max_examples=40)
@given(graphs())
def test_no_two_boxes_overlap(graph):
    boxes, links = graph
    found = layout(boxes, links)
    assert found.spots.keys() == boxes.keys()
    for one, other in combinations(boxes, 2):
        a, b = frame(one, boxes, found), frame(other, boxes, found)
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for name in boxes:
        left, top, right, bottom = frame(name, boxes, found)
        assert left >= 0
        assert top >= 0
        assert right <= found.width + 0.1
        assert bottom <= found.height + 0.1


@settings(max_examples=40)
@given(graphs())
def test_every_line_goes_down_from_its_outlet_to_its_inlet(graph):
    boxes, links = graph
    found = layout(boxes, links)
    reached = set()
    for strand in found.strands:
        heights = [y for _, y in strand.points]
        assert heights == sorted(heights)
        first, trunk = strand, strand
        while trunk.after is not None:
            before = found.strands[trunk.after]
            assert before.points[-1] == trunk.points[0]
            assert (before.source, before.dashed) == (trunk.source, trunk.dashed)
            trunk = before
        if first.target is not None:
            x = trunk.points[0][0] - found.spots[strand.source].x
            assert trunk.points[0][1] >= frame(strand.source, boxes, found)[1]
            spot = found.spots[strand.target]
            end = strand.points[-1]
            assert end[1] == spot.y
            outlet = nearest(boxes[strand.source].outlets, x)
            inlet = nearest(boxes[strand.target].inlets, end[0] - spot.x)
            reached.add((strand.source, outlet, strand.target, inlet, strand.dashed))
    assert reached == {(k.source, k.outlet, k.target, k.inlet, k.dashed) for k in links}


def nearest(places, x):
    return min(range(len(places)), key=lambda at: abs(places[at] - x))


@settings(max_examples=40)
@given(graphs())
def test_no_line_runs_through_a_box(graph):
    boxes, links = graph
    found = layout(boxes, links)
    for strand in found.strands:
        for (x, y), (to_x, to_y) in zip(strand.points, strand.points[1:], strict=False):
            for name in boxes:
                left, top, right, bottom = frame(name, boxes, found)
                if name == strand.source or to_y <= top + 0.1 or y >= bottom - 0.1:
                    continue
                assert x == to_x, "a curve lies between two layers"
                assert x < left or x > right


@settings(max_examples=40)
@given(graphs())
def test_equal_graphs_are_laid_out_equally(graph):
    boxes, links = graph
    assert layout(boxes, links) == layout(dict(boxes), list(links))


def shaped(needs):
    boxes = {
        f"n{i}": Box(200, 130, tuple(20.0 + 30 * k for k in range(len(found))), (100.0,))
        for i, found in enumerate(needs)
    }
    return boxes, [
        Link(f"n{source}", 0, f"n{i}", k)
        for i, found in enumerate(needs)
        for k, source in enumerate(found)
    ]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_graph_neither_drifts_nor_makes_endless_rows(shape):
    boxes, links = shaped(list(SHAPES[shape](600)))
    found = layout(boxes, links)
    row = 2 * 600**0.5 * (200 + 34 + 2 * CORRIDOR)
    assert found.width < (1.2 * row if shape == "wide" else 4000)


def test_a_tree_has_no_crossing_lines():
    needs = [[], [0], [0], [1], [2], [1], [2], [3], [6]]
    assert layout(*shaped(needs)).crossings == 0
