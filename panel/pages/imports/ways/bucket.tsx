import type { ImportView } from "../../../../functions/import/registered/imports.ts";
import { Code, CopyLine } from "../../../parts/code.tsx";
import { Block } from "../../../parts/frame.tsx";

/** Files that a sender puts into the bucket of imports. */
export function BucketWay({ one, bucket }: { one: ImportView; bucket: string }) {
  const folder = `gs://${bucket}/${one.name}`;
  const name = "backend_2026-11-20.csv";
  return (
    <Block id="bucket" title="Bucket">
      <p>
        A file is read as soon as all of it is there. What became of it lies in <code>{folder}/results/</code>
        .
      </p>
      <CopyLine id="bucket-folder" text={`${folder}/in/`} what="folder" />
      <details open>
        <summary>gcloud</summary>
        <Code id="bucket-gcloud" title="gcloud" wraps>
          {`gcloud storage cp ${name} ${folder}/in/\ngcloud storage cat ${folder}/results/${name}.result.json`}
        </Code>
      </details>
      <details>
        <summary>rclone</summary>
        <Code id="bucket-rclone" title="rclone" wraps>
          {`rclone copy ${name} ":gcs,bucket_policy_only=true:${bucket}/${one.name}/in/"`}
        </Code>
      </details>
      <details>
        <summary>Google Cloud console</summary>
        <p>
          Cloud Storage → Buckets → <code>{bucket}</code> → <code>{one.name}</code> → <code>in</code> → Upload
          → Upload files.
        </p>
      </details>
      <details>
        <summary>Let a sender in</summary>
        <p>
          The sender names its account, such as <code>crm@other.iam.gserviceaccount.com</code>. Terraform lets
          it write <code>in/</code> and read <code>results/</code> of this import, and nothing else:
        </p>
        <Code id="bucket-terraform" title="Terraform" wraps>
          {`imports = { senders = { ${JSON.stringify(one.name)} = ["serviceAccount:ACCOUNT"] } }`}
        </Code>
      </details>
    </Block>
  );
}
