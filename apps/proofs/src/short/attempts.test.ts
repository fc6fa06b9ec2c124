import { showShortForms } from "./short-forms.ts";

showShortForms("attempts and refusals");
