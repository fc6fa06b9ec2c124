import { showShortForms } from "./short-forms.ts";

showShortForms("one login");
