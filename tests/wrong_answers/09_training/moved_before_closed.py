# exercise-3: write-in-place
import os


def write_safely(path, lines):
    beside = path.with_suffix(".part")
    with beside.open("w") as file:
        file.writelines(list(lines))
        os.replace(beside, path)
