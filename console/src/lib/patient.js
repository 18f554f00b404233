// SPDX-License-Identifier: Apache-2.0
// What reads the whole journal is done for one at a time; others are told to come again (503), and do.
import { useEffect } from "./html.js";
import { useGet } from "./api.js";

const AGAIN = 5000; // milliseconds

/** As useGet, but one who is told to come again does; meanwhile there is no problem, and `isWaiting`. */
export const usePatient = (path) => {
  const answer = useGet(path);
  const isWaiting = answer.problem?.status === 503;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setTimeout(answer.refresh, AGAIN);
    return () => clearTimeout(timer);
  }, [answer.problem]);
  return { ...answer, isWaiting, problem: isWaiting ? null : answer.problem };
};
