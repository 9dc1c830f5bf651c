"""Sphinx's settings for the book; read by Sphinx, not imported."""

from docutils import nodes
from latex2mathml.converter import convert

project = "See how a network sees"
html_title = project
language = "en"
extensions = ["myst_nb"]
root_doc = "index"

nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_heading_slug_func = "tools.book.notebooks.slug"

html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
# high contrast: axe-core wants 4.5 to 1
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_favicon = "../../app/page/icon.svg"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_js_files = [
    "answers.js",
    ("predict.js", {"defer": "defer"}),
    ("reading.js", {"defer": "defer"}),
]
html_copy_source = False  # it would tell the answers, and weighs 10 MB
html_show_sourcelink = False
html_show_copyright = False
html_math_renderer = "mathml"


def inline_formula(translator, node):
    """Write a formula as MathML, which browsers draw with the fonts that they have."""
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def formula(translator, node):
    """Write a formula that stands alone."""
    translator.body.append(convert(node.astext(), display="block"))
    raise nodes.SkipNode


def setup(app):
    """Draw mathematics without a script."""
    app.add_html_math_renderer("mathml", (inline_formula, None), (formula, None))
