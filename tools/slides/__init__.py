"""Slides from the notebooks, for reveal.js, offline: `make slides NB=02`.

`instructor/slides.toml` says which cells make a slide; `deck` turns them into HTML,
`notes` finds what the speaker says in the instructor's guide and in the bank.
"""
