"""The socket of a service manager: notes what it is told, a datagram a line, until it is killed.

    notified.py ADDRESS FILE        "@NAME": of the abstract namespace; FILE.listens once it listens
"""
import os
import socket
import sys

address, name = sys.argv[1:]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("\0" + address[1:] if address.startswith("@") else address)
with open(name, "w") as told:
    with open(name + ".new", "w") as ready:
        ready.write(str(os.getpid()))
    os.rename(name + ".new", name + ".listens")
    while True:
        told.write(receiver.recv(65536).decode().replace("\n", "|") + "\n")
        told.flush()
