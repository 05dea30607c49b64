"""What paramiko and asyncssh do with a drop box: client, port, user, password, file, name."""

import asyncio
import sys

client, port, user, password, file, name = sys.argv[1:]


def by_paramiko():
    import paramiko

    transport = paramiko.Transport(("127.0.0.1", int(port)))
    # A busy machine is no fault of anybody.
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = 300
    transport.connect(username=user, password=password)
    sftp = paramiko.SFTPClient.from_transport(transport)
    # Looks after the CLOSE whether the file has its size.
    sftp.put(file, name + ".tmp")
    # Asks for the extension without looking whether it is offered.
    sftp.posix_rename(name + ".tmp", name)
    sftp.utime(name, (1000, 2000))
    assert sftp.stat(name).st_mtime == 2000
    assert name in sftp.listdir(".")
    transport.close()


async def by_asyncssh():
    import asyncssh

    async with asyncssh.connect(
        "127.0.0.1",
        int(port),
        username=user,
        password=password,
        known_hosts=None,
        config=None,
        login_timeout=300,
    ) as connection:
        async with connection.start_sftp_client() as sftp:
            await sftp.put(file, name, preserve=True)
            async with sftp.open(name, "rb") as opened:
                assert await opened.read() == open(file, "rb").read()


by_paramiko() if client == "paramiko" else asyncio.run(by_asyncssh())
