"""QEMU guests through libvirt: `LibvirtHypervisor` in `driver.py`."""
