// SPDX-License-Identifier: Apache-2.0
// Something that takes a while and may be refused, done once however often it is asked for.
import { useRef, useState } from "./html.js";

/** {isBusy, problem, run}: run(work) does it; while it is done nothing else is. */
export const useWork = () => {
  const [state, setState] = useState({ isBusy: false, problem: null });
  const busy = useRef(false);
  const run = async (work) => {
    if (busy.current) return;
    busy.current = true;
    setState({ isBusy: true, problem: null });
    const problem = await work().then(() => null, (refused) => refused);
    busy.current = false;
    setState({ isBusy: false, problem });
  };
  return { ...state, run };
};
