# exercise-3
def write_safely(path, lines):
    beside = path.with_suffix(".part")
    with beside.open("w") as file:
        for line in lines:
            file.write(line)
    beside.replace(path)
