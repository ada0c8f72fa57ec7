"""A contained host: namespaces of its own, and a libvirt of its own within them.

`Enclosure(name, directory).build()` makes them, `.enter()` moves the calling process inside, `.raze()` leaves no trace;
inside, `Daemons().ensure()` keeps virtlogd and libvirtd running.
"""
