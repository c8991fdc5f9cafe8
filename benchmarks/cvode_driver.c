/* CVODE (BDF) along a table of segments, with KLU or with the straight-line LU; appended to a model's generated text. */
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>

#define DATA N_VGetArrayPointer
static double constants[N_CONSTANTS + 1], factors[N_FACTORS];

static int right(double t, N_Vector y, N_Vector f, void *data)
{
    rates(DATA(y), constants, DATA(f));
    return 0;
}

static int slopes(double t, N_Vector y, N_Vector f, SUNMatrix J, void *data, N_Vector a, N_Vector b, N_Vector c)
{
    for (long k = 0; k <= N; k++) SM_INDEXPTRS_S(J)[k] = COLUMNS[k];
    for (long k = 0; k < NNZ; k++) SM_INDEXVALS_S(J)[k] = ROWS[k];
    memset(SM_DATA_S(J), 0, NNZ * sizeof(double));
    jacobian(DATA(y), constants, SM_DATA_S(J));
    return 0;
}

static SUNLinearSolver_Type direct(SUNLinearSolver S) { return SUNLINEARSOLVER_DIRECT; }
static int keep(SUNLinearSolver S) { return 0; }
static int own_setup(SUNLinearSolver S, SUNMatrix M)
{
    factor(SM_DATA_S(M), factors);
    return 0;
}
static int own_solve(SUNLinearSolver S, SUNMatrix M, N_Vector x, N_Vector b, double tolerance)
{
    N_VScale(1.0, b, x);
    solve(factors, DATA(x));
    return 0;
}

/* own = 1: straight-line LU in place of KLU. The memory of either is made once and used again.
   marks[first[s]] ... marks[first[s + 1] - 1]: times within segment s whose states are written to out, one row each. */
int run(int own, double rtol, const double *atol, const double *param, const double *start, long segments,
        const double *inputs, const long *first, const double *marks, double *out, long *count)
{
    static SUNContext context;
    static N_Vector y, tolerances;
    static SUNMatrix J;
    static SUNLinearSolver linear[2];
    static void *memory[2];
    if (!context) {
        SUNContext_Create(0, &context);
        y = N_VNew_Serial(N, context);
        tolerances = N_VNew_Serial(N, context);
        J = SUNSparseMatrix(N, N, NNZ, CSC_MAT, context);
        linear[0] = SUNLinSol_KLU(y, J, context);
        linear[1] = SUNLinSolNewEmpty(context);
        linear[1]->ops->gettype = direct;
        linear[1]->ops->setup = own_setup;
        linear[1]->ops->solve = own_solve;
    }
    void *cvode = memory[own];
    if (!cvode) {
        memory[own] = cvode = CVodeCreate(CV_BDF, context);
        CVodeInit(cvode, right, 0.0, y);
        CVodeSetMaxNumSteps(cvode, 200000);
        CVodeSetMaxHnilWarns(cvode, -1);
        CVodeSetMaxErrTestFails(cvode, 50); /* the usual 7 end the loose runs of orego */
        CVodeSetLinearSolver(cvode, linear[own], J);
        CVodeSetJacFn(cvode, slopes);
    }
    memcpy(DATA(tolerances), atol, N * sizeof(double));
    CVodeSVtolerances(cvode, rtol, tolerances);
    memcpy(DATA(y), start, N * sizeof(double));
    count[0] = count[1] = 0;
    for (long s = 0; s < segments; s++) {
        double t;
        long steps, calls;
        hoist(param, inputs + s * N_INPUTS, constants);
        CVodeReInit(cvode, 0.0, y);
        CVodeSetStopTime(cvode, marks[first[s + 1] - 1]);
        for (long k = first[s]; k < first[s + 1]; k++) {
            int flag = CVode(cvode, marks[k], y, &t, CV_NORMAL);
            if (flag < 0) return flag;
            memcpy(out + k * N, DATA(y), N * sizeof(double));
        }
        linear[0]->ops->initialize = keep; /* else KLU analyses the same pattern again at every edge */
        CVodeGetNumSteps(cvode, &steps);
        CVodeGetNumRhsEvals(cvode, &calls);
        count[0] += steps;
        count[1] += calls;
    }
    return 0;
}
