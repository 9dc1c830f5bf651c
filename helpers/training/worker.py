"""What runs on every machine of a data-parallel training; notebook 18 explains it.

`launch.py` beside it starts it: `python -m helpers.training.worker '{"rank": 0, ...}'`
with the values of `launch.Job`; all workers see the same `folder`. Keras 3 on JAX is
what carries several processes through `fit`: under TensorFlow's
MultiWorkerMirroredStrategy `fit` fails (keras-team/keras#20585; tried with Keras
3.15.1). All workers call everything in the same order; where one of them is missing,
the others wait.
"""

import contextlib
import json
import os
import sys
import threading
import time
from pathlib import Path

os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")
job = json.loads(sys.argv[1])
rank, workers, folder = job["rank"], job["workers"], Path(job["folder"])
if hasattr(os, "sched_setaffinity"):  # a machine is one core here
    cores = sorted(os.sched_getaffinity(0))  # each team begins at another of them
    os.sched_setaffinity(0, {cores[(os.getppid() + rank) % len(cores)]})

UNUSED = dict.fromkeys(("matplotlib", "tensorflow"))  # Keras would load them,
sys.modules |= UNUSED  # TensorFlow only to seed it: half of a worker's start

import keras  # noqa: E402  (reads the variables and counts the cores above)
import numpy as np  # noqa: E402
import scipy.linalg  # noqa: E402, F401

if job.get("watched"):  # a launcher that is killed closes the pipe: end with it

    def end_with_launcher():
        os.read(0, 1)
        os._exit(1)

    # On Windows the Fortran in NumPy and SciPy asks about stdin when it is loaded, and
    # waits for ever while something reads there (numpy/numpy#24290): not before them.
    threading.Thread(target=end_with_launcher, daemon=True).start()

keras.utils.set_random_seed(job["seed"])  # the same first weights everywhere
for name in UNUSED:
    del sys.modules[name]
if workers > 1:  # before the first computation, so before helpers.quiet
    keras.distribution.initialize(job["address"], workers, rank)
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(auto_shard_dataset=False)
    )

from helpers import data, experiments, files  # noqa: E402
from helpers.training import claim, launch  # noqa: E402


class Share(keras.utils.PyDataset):
    """This worker's rows of every global batch.

    An epoch's order comes from its number, so it is the same for all workers, for any
    number of them, and after a restart.
    """

    def __init__(self, images, labels, epoch):
        super().__init__()
        self.images, self.labels, self.epoch = images, labels, epoch
        self.shuffle()

    def shuffle(self):
        random = np.random.default_rng((job["seed"], self.epoch))
        self.order = random.permutation(len(self.labels))

    def on_epoch_end(self):
        self.epoch += 1
        self.shuffle()

    def __len__(self):
        return len(self.labels) // job["batch"]

    def __getitem__(self, step):
        whole = self.order[step * job["batch"] :][: job["batch"]]
        mine = np.split(whole, workers)[rank]
        return self.images[mine], self.labels[mine]


class Checkpoint(keras.callbacks.Callback):
    """After each epoch write the whole state, and what was measured in one line.

    The file is there whole or not at all.
    """

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self.start
        beside = folder / f"part-{rank}.weights.h5"
        self.model.save_weights(beside, overwrite=True)  # every worker calls it
        if rank == 0:  # and one publishes
            row = {"epoch": epoch + 1, **logs, "seconds": seconds}
            print(json.dumps(row), flush=True)
            files.move(beside, folder / f"epoch-{epoch + 1:03}.weights.h5")


class Slow(keras.callbacks.Callback):
    """Lose time in every step."""

    def on_train_batch_end(self, batch, logs=None):
        time.sleep(job["slow"])


def train():
    """Go on from the newest checkpoint, or start, and train to the last epoch."""
    checkpoints = sorted(folder.glob("epoch-*.weights.h5"))
    with contextlib.redirect_stdout(sys.stderr):
        found = data.load_images(job["data"])
    # "auto" may have led elsewhere before; every worker is refused, and none waits
    claim.keep(folder / "data.json", {"data set": found.name}, bool(checkpoints))
    images, labels = found.train
    count = min(job["photos"], len(labels)) // job["batch"] * job["batch"]
    if not count:
        raise ValueError(f"{len(labels)} photos do not fill a batch of {job['batch']}")
    settings = experiments.Settings(batch_normalization=job["normalization"])
    model = experiments.build(settings, images.shape[1:])
    model.compile(
        keras.optimizers.SGD(job["learning_rate"], momentum=0.9),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    if checkpoints:  # every worker reads the newest
        model.optimizer.build(model.trainable_variables)  # the momentum comes back too
        model.load_weights(checkpoints[-1])
    first = int(checkpoints[-1].name[6:9]) if checkpoints else 0
    model.fit(
        Share(images[:count], labels[:count], first),
        initial_epoch=first,
        epochs=job["epochs"],
        shuffle=False,
        verbose=0,
        callbacks=[Checkpoint()] + [Slow()] * (rank == workers - 1),
    )


try:
    train()
except Exception as error:
    print(f"worker {rank} stopped: {error}", file=sys.stderr, flush=True)
    refused = isinstance(error, claim.OtherError)
    # a normal exit waits a minute and a half for the one that is dead
    os._exit(launch.REFUSED if refused else 1)
