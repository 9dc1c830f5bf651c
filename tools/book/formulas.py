"""Formulas as MathML where nbconvert writes a page: no script, no font, no network."""

import re

from nbconvert.preprocessors import Preprocessor

# what stands between backticks is code
FORMULA = re.compile(r"```.*?```|`[^`\n]*`|\$([^$\n]+)\$", re.DOTALL)


class Formulas(Preprocessor):
    """Writes formulas as MathML where latex2mathml is at hand, as after `make setup`.

    `resources["mathml"]` tells the template that a page needs no MathJax.
    """

    def preprocess(self, nb, resources):
        """Replace the formulas of all texts."""
        texts = [cell for cell in nb.cells if cell.cell_type == "markdown"]
        try:
            for cell in texts:
                cell.source = FORMULA.sub(mathml, cell.source)
        except ImportError:
            return nb, resources
        return nb, {**resources, "mathml": True}


def mathml(found: re.Match) -> str:
    """Return a formula as MathML, code as it is; ImportError without latex2mathml."""
    if found[1] is None:
        return found[0]
    from latex2mathml.converter import convert

    return convert(found[1])
