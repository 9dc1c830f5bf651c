# exercise-3: write-in-place
def write_safely(path, lines):
    path.write_text("".join(lines))
