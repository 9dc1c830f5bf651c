"""Look into a network: what its layers answer, where it looks, what it holds alike.

For any Keras model whose input is an image `(H, W, C)` and whose output are class
probabilities: the course's own, or a student's `.keras` file. `graph` lists the
layers and what each takes from, `activations` holds their answers, `receptive` the
pixels behind one number, `attribution` the maps of where a network looks. `occlusion`
needs only scores: the service takes it without Keras. `sliding` lets a network slide
over a whole photo.
"""
