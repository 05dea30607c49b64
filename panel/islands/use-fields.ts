import { useEffect, useState } from "preact/hooks";
import { fieldsOf, type StreamForm } from "../stream-form.ts";

/** The fields of the form on the page as they are typed.
 *  @param initial as the server read them */
export function useFields(initial: StreamForm): StreamForm {
  const [fields, setFields] = useState(initial);
  useEffect(() => {
    const form = document.querySelector<HTMLFormElement>("form#stream");
    if (form === null) return undefined;
    const read = () => setFields(fieldsOf(new FormData(form)));
    form.addEventListener("input", read);
    // The browser may have put back what was typed before.
    read();
    return () => form.removeEventListener("input", read);
  }, []);
  return fields;
}
