"""The course as a book: a folder of HTML pages that needs neither kernel nor network.

`notebooks` and `sources` write what Sphinx reads, `questions` turns the bank into data
for a page, `conf` is Sphinx's settings; `static/` asks the predictions in the browser.
"""
