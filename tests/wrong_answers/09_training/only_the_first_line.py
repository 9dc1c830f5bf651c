# exercise-3: -
def write_safely(path, lines):
    beside = path.with_suffix(".part")
    beside.write_text(list(lines)[0])
    beside.replace(path)
