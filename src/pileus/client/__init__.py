"""What a user's machine runs: `openstack image push` and `image pull`, commands of python-openstackclient.

Nothing here knows the control plane; files are cut as the cloud cuts them, so that both speak of the same chunks.
"""
