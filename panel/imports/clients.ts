import type { Place } from "../../functions/import/drop-box/offered.ts";

interface Client {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** What is typed into clients that senders use; each asks for the password, or takes it from the
 *  environment. */
export function clientsFor({ host, port }: Place, user: string): readonly Client[] {
  const at = `${host}:${port}`;
  const [name, file] = ["backend_2026-11-20.csv", "/backend_2026-11-20.csv"];
  return [
    {
      id: "openssh",
      title: "OpenSSH",
      text: `sftp -P ${port} ${user}@${host}\nsftp> put ${name}`,
    },
    {
      id: "rclone",
      title: "rclone",
      text: `rclone copy ${name} ":sftp,host=${host},port=${port},user=${user},pass=$(rclone obscure "$SFTP_PASSWORD"):"`,
    },
    {
      id: "winscp",
      title: "WinSCP",
      text: `open sftp://${user}@${at}/\nput ${name}`,
    },
    {
      id: "filezilla",
      title: "FileZilla",
      text: `Protocol: SFTP\nHost: ${host}\nPort: ${port}\nLogon type: Normal\nUser: ${user}`,
    },
    {
      id: "python",
      title: "Python",
      text: `import os, paramiko

with paramiko.SSHClient() as ssh:
    # Once sftp has met the server and its key was compared.
    ssh.load_system_host_keys()
    ssh.connect("${host}", ${port}, "${user}", os.environ["SFTP_PASSWORD"], allow_agent=False, look_for_keys=False)
    ssh.open_sftp().put("${name}", "${file}")`,
    },
    {
      id: "airflow",
      title: "Airflow",
      text: `airflow connections add afterclick --conn-type sftp --conn-host ${host} --conn-port ${port} --conn-login ${user} --conn-password "$SFTP_PASSWORD"`,
    },
  ];
}
