# exercise-3: slip
def write_safely(path, lines):
    beside = path.with_suffix(".part")
    for line in lines:
        beside.write_text(line)
    beside.replace(path)
