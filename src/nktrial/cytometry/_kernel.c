/* Populations of the events whose every gate can be decided by comparisons alone.
 *
 * The kernel computes scale values with the same additions and multiplications, in the same order, as readout.py and
 * scale.py do (build it without contraction to fused multiply-add), or looks them up where a channel is logarithmic.
 * It transforms nothing: a bound is a pair of scale
 * values that enclose it, a polygon or an ellipse a table of cells that lie inside (1), outside (0) or on its border
 * (2). An event that falls between such a pair, on a border cell, or that has a value that is not finite is reported
 * as doubtful and counted nowhere; the caller decides it with the exact code. Only where neither axis of a polygon is
 * transformed does the kernel decide its border cells too, by the formula of polygon.py.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "_kernel_events.h"

static Py_ssize_t size_of(const Plan *plan, int part)
{
    return plan->part[part].len / (part == TABLE ? 1 : 8);
}

static int lies_in(int64_t first, int64_t count, int64_t size)
{
    return first >= 0 && count >= 0 && first <= size && count <= size - first;
}

/* Whether every number of a part lies in 0 to below a limit. */
static int all_below(const Plan *plan, int part, int64_t limit)
{
    const int64_t *number = plan->part[part].buf;
    for (Py_ssize_t i = 0; i < size_of(plan, part); i++)
        if (number[i] < 0 || number[i] >= limit) return 0;
    return 1;
}

static int gate_fits(const Plan *plan, Py_ssize_t g)
{
    const int64_t *gate = plan->gates + g * GATE_FIELDS;
    if (gate[KIND] < CURVE || gate[KIND] > NOT || gate[PARENT] >= g) return 0;
    if (!lies_in(gate[AXIS], gate[AXES], size_of(plan, AXES_OF))) return 0;
    if (!lies_in(gate[CORNER], gate[CORNERS], size_of(plan, CORNERS_OF) / 2)) return 0;
    if (!lies_in(gate[OPERAND], gate[OPERANDS], size_of(plan, OPERANDS_OF) / 2)) return 0;
    for (int64_t o = gate[OPERAND]; o < gate[OPERAND] + gate[OPERANDS]; o++)
        if (plan->operands[2 * o] < 0 || plan->operands[2 * o] >= g) return 0;
    if (gate[CELLS] < 0) return 1;
    if (gate[AXES] != 2 || gate[WIDTH] < 1 || gate[WIDTH] > MOST_CELLS || gate[HEIGHT] < 1 || gate[HEIGHT] > MOST_CELLS)
        return 0;
    if (gate[X_SHIFT] < 0 || gate[X_SHIFT] > 63 || gate[Y_SHIFT] < 0 || gate[Y_SHIFT] > 63) return 0;
    return lies_in(gate[CELLS], gate[WIDTH] * gate[HEIGHT], size_of(plan, TABLE));
}

/* Refuse a plan that would read outside its own arrays; raw integers of a column with a lookup are below ``values``. */
static int plan_fits(Plan *plan, Py_ssize_t file_columns, int64_t values)
{
    const Py_ssize_t terms = size_of(plan, TERMS), axes = size_of(plan, AXES_OF);
    plan->n_columns = size_of(plan, COLUMNS);
    plan->n_readouts = size_of(plan, TERMS_OF) - 1;
    plan->n_gates = size_of(plan, GATES) / GATE_FIELDS;
    if (plan->n_readouts < 0 || size_of(plan, LOOKUPS_OF) != plan->n_columns) return 0;
    if (size_of(plan, SCALES) != 2 * plan->n_columns || size_of(plan, WEIGHTS) != terms) return 0;
    if (size_of(plan, BOUNDS) != 4 * axes || size_of(plan, GRIDS) != 4 * plan->n_gates) return 0;
    if (!all_below(plan, COLUMNS, file_columns) || !all_below(plan, TERMS, plan->n_columns)) return 0;
    if (!all_below(plan, AXES_OF, plan->n_readouts)) return 0;
    for (Py_ssize_t c = 0; c < plan->n_columns; c++) {
        const int64_t lookup = plan->lookups_of[c];
        if (lookup >= 0 && !(values && lies_in(lookup, values, size_of(plan, LOOKUPS)))) return 0;
    }
    for (Py_ssize_t r = 0; r < plan->n_readouts; r++) {
        const int64_t first = plan->terms_of[r], next = plan->terms_of[r + 1];
        if (first < 0 || next <= first || next > terms) return 0;
    }
    for (Py_ssize_t g = 0; g < plan->n_gates; g++)
        if (!gate_fits(plan, g)) return 0;
    return 1;
}

static int open_plan(Plan *plan, PyObject *parts)
{
    if (!PyTuple_Check(parts) || PyTuple_Size(parts) != PARTS) {
        PyErr_SetString(PyExc_ValueError, "a plan has fourteen parts");
        return 0;
    }
    for (int i = 0; i < PARTS; i++)
        if (PyObject_GetBuffer(PyTuple_GetItem(parts, i), &plan->part[i], PyBUF_SIMPLE) < 0) {
            while (i--) PyBuffer_Release(&plan->part[i]);
            return 0;
        }
    plan->columns = plan->part[COLUMNS].buf, plan->lookups_of = plan->part[LOOKUPS_OF].buf;
    plan->terms_of = plan->part[TERMS_OF].buf, plan->terms = plan->part[TERMS].buf;
    plan->gates = plan->part[GATES].buf, plan->axes = plan->part[AXES_OF].buf;
    plan->operands = plan->part[OPERANDS_OF].buf, plan->scales = plan->part[SCALES].buf;
    plan->weights = plan->part[WEIGHTS].buf, plan->bounds = plan->part[BOUNDS].buf;
    plan->grids = plan->part[GRIDS].buf, plan->corners = plan->part[CORNERS_OF].buf;
    plan->lookups = plan->part[LOOKUPS].buf, plan->table = plan->part[TABLE].buf;
    return 1;
}

static void close_plan(Plan *plan)
{
    for (int i = 0; i < PARTS; i++) PyBuffer_Release(&plan->part[i]);
}

/* One allocation for all that a call works on; the lists of all gates are its largest part. */
static char *open_work(Work *work, const Plan *plan)
{
    const size_t doubles = (size_t)(plan->n_columns + plan->n_readouts + 2) * BLOCK;
    const size_t integers = (size_t)(plan->n_gates + 3) * BLOCK + (size_t)plan->n_gates;
    const size_t bytes = 3 * BLOCK + (size_t)plan->n_readouts;
    char *memory = PyMem_Calloc(1, doubles * sizeof(double) + integers * sizeof(int32_t) + bytes);
    if (!memory) return NULL;
    work->column = (double *)memory;
    work->readout = work->column + plan->n_columns * BLOCK;
    work->picked[0] = work->readout + plan->n_readouts * BLOCK;
    work->picked[1] = work->picked[0] + BLOCK;
    work->list = (int32_t *)(work->column + doubles);
    work->everything = work->list + plan->n_gates * BLOCK;
    work->place[0] = work->everything + BLOCK;
    work->place[1] = work->place[0] + BLOCK;
    work->length = work->place[1] + BLOCK;
    work->doubtful = (uint8_t *)(work->list + integers);
    work->flags = work->doubtful + BLOCK;
    work->known = work->flags + 2 * BLOCK;
    return memory;
}

static Py_ssize_t gate_rows(Work *work, const Plan *plan, Py_ssize_t rows, int64_t *counts, uint8_t *members,
                            Py_ssize_t events, int64_t *out)
{
    Py_ssize_t doubtful = 0;
    work->plan = plan;
    for (Py_ssize_t at = 0; at < rows; at += BLOCK) {
        work->size = (int)(rows - at < BLOCK ? rows - at : BLOCK);
        load_block(work, at);
        gate_block(work);
        doubtful += add_block(work, at, counts, members, events, out + doubtful);
    }
    return doubtful;
}

static PyObject *classify(PyObject *module, PyObject *arguments)
{
    PyObject *source, *parts, *counts_of, *doubtful_of, *members_of, *result = NULL;
    Py_buffer values, counts, doubtful, members = {0};
    Py_ssize_t first, events = 0, found;
    Plan plan;
    Work work = {0};
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OCpOOOOn", &source, &work.code, &work.swapped, &parts, &counts_of, &doubtful_of,
                          &members_of, &first))
        return NULL;
    if (PyObject_GetBuffer(source, &values, PyBUF_STRIDED_RO | PyBUF_FORMAT) < 0) return NULL;
    if (PyObject_GetBuffer(counts_of, &counts, PyBUF_WRITABLE) < 0) goto no_counts;
    if (PyObject_GetBuffer(doubtful_of, &doubtful, PyBUF_WRITABLE) < 0) goto no_doubtful;
    if (members_of != Py_None && PyObject_GetBuffer(members_of, &members, PyBUF_WRITABLE) < 0) goto no_members;
    if (!open_plan(&plan, parts)) goto no_plan;
    const Py_ssize_t size = work.code == 'B' ? 1 : work.code == 'H' ? 2 : work.code == 'f' || work.code == 'I' ? 4 : 8;
    const int64_t highest = work.code == 'B' ? 256 : work.code == 'H' ? 65536 : 0;
    int fits = values.ndim == 2 && values.itemsize == size && strchr("fdBHIQ", work.code) &&
               plan_fits(&plan, values.shape[1], highest) && counts.len == 8 * plan.n_gates &&
               doubtful.len >= 8 * values.shape[0];
    if (fits && members.buf && plan.n_gates) {
        events = members.len / plan.n_gates;
        fits = first >= 0 && first <= events - values.shape[0];
    }
    if (!fits) {
        PyErr_SetString(PyExc_ValueError, "the plan does not fit the values");
        goto no_work;
    }
    work.values = values.buf, work.row_stride = values.strides[0], work.column_stride = values.strides[1];
    char *memory = open_work(&work, &plan);
    if (!memory) {
        PyErr_NoMemory();
        goto no_work;
    }
    uint8_t *flags = members.buf && plan.n_gates ? (uint8_t *)members.buf + first : NULL;
    Py_BEGIN_ALLOW_THREADS
    found = gate_rows(&work, &plan, values.shape[0], counts.buf, flags, events, doubtful.buf);
    Py_END_ALLOW_THREADS
    PyMem_Free(memory);
    result = PyLong_FromSsize_t(found);
no_work:
    close_plan(&plan);
no_plan:
    if (members.obj) PyBuffer_Release(&members);
no_members:
    PyBuffer_Release(&doubtful);
no_doubtful:
    PyBuffer_Release(&counts);
no_counts:
    PyBuffer_Release(&values);
    return result;
}

static PyMethodDef methods[] = {
    {"classify", classify, METH_VARARGS,
     "classify(values, code, swapped, plan, counts, doubtful, members, first) -> number of doubtful events"},
    {NULL, NULL, 0, NULL},
};

static int add_format(PyObject *module)
{
    return PyModule_AddIntConstant(module, "FORMAT", FORMAT);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, add_format}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_kernel", "Populations of events that comparisons alone decide.", 0, methods, slots,
    NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&definition);
}
