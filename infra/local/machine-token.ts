/** In the data folder, for its owner alone: by what it holds the command line of this machine
 *  is known to its server. */
export const machineTokenName = "cli-token";
