"""Documents made by typst: a template of ``templates/pdf/`` and its data in, PDF or PNG out.

Data is never part of a template: it goes in as JSON, so whatever a text says is set as text. Nothing is fetched, and a
template reads no file outside its folder.
"""
