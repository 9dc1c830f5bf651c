"""Training fast, for long, and on several machines.

`parts` starts a network and feeds it, `optimizer` steps, `bfloat16` computes in half as
many bits, `presets` are whole recipes, `resume` trains for long and goes on after a
break, with `callbacks` that see one training, a `checkpoint` and its `fingerprint`;
`launch` starts several processes that train one network, `worker` is what each of them
runs, `claim` keeps their folder for one training. Import them by name: a worker must
choose its backend before anything loads Keras.
"""
