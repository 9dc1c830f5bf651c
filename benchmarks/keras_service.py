"""The service with Keras's `model.predict` in LiteRT's place, to compare the two."""

from app.__main__ import main
from helpers import lite, models

if __name__ == "__main__":
    model = models.load_trained("cifar10")
    lite.scores = lambda _, images: model.predict(images, verbose=0)
    main()
