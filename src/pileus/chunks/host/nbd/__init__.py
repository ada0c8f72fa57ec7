"""Images as disks over NBD, chunk by chunk as they are read: a process of its own, `python -m pileus.chunks.host.nbd`.

It knows the folder of the image cache and no secret, and asks the agent for chunks that are not there. Reads wait until
they are, so the agent may end and come back, and the cloud be away, while guests are in the middle of a read.

What it hears was said by guests that may have taken over their QEMU. So it is a user of its own, who may read images,
note what was read first of them, and ask; there is nothing else that he may do, and no network where he is.
"""
