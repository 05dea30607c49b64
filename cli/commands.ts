import type { Command } from "./command.ts";
import { alertsTest } from "./commands/alerts-test.ts";
import { activity } from "./commands/activity.ts";
import { backup } from "./commands/backup.ts";
import { check } from "./commands/check.ts";
import { deadLettersDiscard } from "./commands/dead-letters-discard.ts";
import { deadLettersList } from "./commands/dead-letters-list.ts";
import { deadLettersReplay } from "./commands/dead-letters-replay.ts";
import { deadLettersShow } from "./commands/dead-letters-show.ts";
import { exportCommand } from "./commands/export.ts";
import {
  feedsAdd,
  feedsFetch,
  feedsList,
  feedsRemove,
  feedsShow,
  feedsTake,
  feedsUpdate,
} from "./commands/feeds.ts";
import { find } from "./commands/find.ts";
import { hit } from "./commands/hit.ts";
import { importsAgain } from "./commands/imports-again.ts";
import { importsAnyway } from "./commands/imports-anyway.ts";
import { importsAdd } from "./commands/imports-add.ts";
import { importsCheck } from "./commands/imports-check.ts";
import { importsDays } from "./commands/imports-days.ts";
import { importsLink } from "./commands/imports-link.ts";
import { importsLinks } from "./commands/imports-links.ts";
import {
  dropboxClose,
  dropboxGive,
  dropboxKeyAdd,
  dropboxAllow,
  dropboxKeyRemove,
  dropboxOpen,
  dropboxPassword,
  dropboxShow,
} from "./commands/imports-dropbox.ts";
import { importsFiles } from "./commands/imports-files.ts";
import { importsList } from "./commands/imports-list.ts";
import { importsRejects } from "./commands/imports-rejects.ts";
import { importsRemove } from "./commands/imports-remove.ts";
import { importsShow } from "./commands/imports-show.ts";
import { importsTable } from "./commands/imports-table.ts";
import { importsUpdate } from "./commands/imports-update.ts";
import { importsUpload } from "./commands/imports-upload.ts";
import { importsUploads } from "./commands/imports-uploads.ts";
import { move } from "./commands/move.ts";
import { openapi } from "./commands/openapi.ts";
import { audit } from "./commands/audit.ts";
import { jobsList } from "./commands/jobs-list.ts";
import { jobsShow } from "./commands/jobs-show.ts";
import { jobsStop } from "./commands/jobs-stop.ts";
import { me } from "./commands/me.ts";
import { peopleAdd } from "./commands/people-add.ts";
import { peopleIap } from "./commands/people-iap.ts";
import { peopleList } from "./commands/people-list.ts";
import { peopleRemove } from "./commands/people-remove.ts";
import { peopleReset } from "./commands/people-reset.ts";
import { peopleRole } from "./commands/people-role.ts";
import { query } from "./commands/query.ts";
import { restore } from "./commands/restore.ts";
import { rows } from "./commands/rows.ts";
import { send } from "./commands/send.ts";
import { reconcile } from "./commands/reconcile.ts";
import { shapes } from "./commands/shapes.ts";
import { sendersCheck } from "./commands/senders-check.ts";
import { sendersList } from "./commands/senders-list.ts";
import { senderSecretList, senderSecretPut, senderSecretRetire } from "./commands/senders-secret.ts";
import { sendersShow } from "./commands/senders-show.ts";
import { snippet } from "./commands/snippet.ts";
import { status } from "./commands/status.ts";
import { streamsAdd } from "./commands/streams-add.ts";
import { streamsHealth } from "./commands/streams-health.ts";
import { streamsLink } from "./commands/streams-link.ts";
import { streamsList } from "./commands/streams-list.ts";
import { streamsLoad } from "./commands/streams-load.ts";
import { streamsPreview } from "./commands/streams-preview.ts";
import { streamsRemove } from "./commands/streams-remove.ts";
import { streamsShow } from "./commands/streams-show.ts";
import { streamsPause, streamsResume } from "./commands/streams-state.ts";
import { streamsUpdate } from "./commands/streams-update.ts";
import { tables } from "./commands/tables.ts";
import { tail } from "./commands/tail.ts";
import { tokensAdd } from "./commands/tokens-add.ts";
import { tokensList } from "./commands/tokens-list.ts";
import { tokensRemove } from "./commands/tokens-remove.ts";
import { test } from "./commands/test.ts";

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  streamsAdd,
  streamsList,
  streamsShow,
  streamsUpdate,
  streamsPreview,
  streamsPause,
  streamsResume,
  streamsRemove,
  streamsHealth,
  activity,
  snippet,
  shapes,
  reconcile,
  streamsLink,
  streamsLoad,
  sendersList,
  sendersShow,
  senderSecretPut,
  senderSecretList,
  senderSecretRetire,
  sendersCheck,
  tables,
  rows,
  hit,
  find,
  tail,
  test,
  send,
  query,
  exportCommand,
  importsAdd,
  importsList,
  importsShow,
  importsUpdate,
  importsTable,
  importsCheck,
  importsLink,
  importsLinks,
  importsUpload,
  importsUploads,
  importsFiles,
  importsRejects,
  importsAgain,
  importsAnyway,
  importsRemove,
  importsDays,
  dropboxOpen,
  dropboxShow,
  dropboxPassword,
  dropboxKeyAdd,
  dropboxAllow,
  dropboxKeyRemove,
  dropboxGive,
  dropboxClose,
  feedsAdd,
  feedsList,
  feedsShow,
  feedsUpdate,
  feedsFetch,
  feedsTake,
  feedsRemove,
  deadLettersList,
  deadLettersShow,
  deadLettersReplay,
  deadLettersDiscard,
  jobsList,
  jobsShow,
  jobsStop,
  peopleAdd,
  peopleList,
  peopleRole,
  peopleReset,
  peopleRemove,
  peopleIap,
  tokensAdd,
  tokensList,
  tokensRemove,
  me,
  audit,
  status,
  alertsTest,
  backup,
  restore,
  check,
  move,
  openapi,
];
