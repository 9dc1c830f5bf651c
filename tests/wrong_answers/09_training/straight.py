# exercise-3: write-in-place
def write_safely(path, lines):
    with path.open("w") as file:
        for line in lines:
            file.write(line)
