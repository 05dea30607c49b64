/** Steps that are all taken, whatever becomes of one of them. */
export interface Steps {
  /** @returns undefined where it failed
   *  @throws what it throws where the process ends */
  take<Result>(step: () => Promise<Result>): Promise<Result | undefined>;
  /** @throws the first fault of them */
  end(): void;
}

/** @param ending aborted where the process ends: what fails then is no fault of the step */
export function openSteps(ending?: AbortSignal): Steps {
  const faults: unknown[] = [];
  return {
    async take(step) {
      try {
        return await step();
      } catch (error) {
        if (ending?.aborted === true) throw error;
        faults.push(error);
        return undefined;
      }
    },
    end() {
      if (faults.length > 0) throw faults[0];
    },
  };
}
