import type { ModelDescriptor } from '@apikley/types'
import { useState } from 'react'
import { controlOf } from './form/control.ts'
import { mediaKind } from './form/check-file.ts'
import { filesOf, takeFiles } from './form/media-files.ts'
import { inputOf, type Values } from './form/values.ts'
import type { MediaKind } from './gallery/media-kind.ts'
import type { Forms } from './storage/forms.ts'
import type { PageUrl } from './url/page-url.ts'
import { searchOf, type Place } from './url/place.ts'

interface Form {
  readonly values: Values
  /** The names in the URL that the model does not accept. */
  readonly ignored: readonly string[]
  readonly change: (values: Values) => void
  /** The values with a file in the first field that takes its kind. */
  readonly withFile: (url: string, kind: MediaKind) => Values | undefined
}

/** The form of a place. Changes are saved, and written to the URL. */
export function useForm(model: ModelDescriptor, place: Place, forms: Forms, url: PageUrl): Form {
  const read = () => ({ place, ...forms.read(model, place.search) })
  const [form, setForm] = useState(read)
  // A navigation brings another form.
  const shown = form.place === place ? form : read()
  if (shown !== form) {
    setForm(shown)
  }
  return {
    values: shown.values,
    ignored: shown.ignored,
    change(values) {
      const input = inputOf(model.fields, values)
      setForm({ ...shown, values })
      forms.save(model.id, input)
      url.replace({ model: model.id, search: searchOf(input) })
    },
    withFile: (file, kind) => withFile(model, shown.values, file, kind),
  }
}

function withFile(
  { fields }: ModelDescriptor,
  values: Values,
  url: string,
  kind: MediaKind,
): Values | undefined {
  for (const [name, field] of Object.entries(fields)) {
    const control = controlOf(name, field)
    if (control.kind === 'media' && mediaKind(control.limits) === kind) {
      const { files } = takeFiles(filesOf(values[name]), [url], control)
      return { ...values, [name]: control.isList ? files : files[0] }
    }
  }
  return undefined
}
